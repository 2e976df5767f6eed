"""The pages of rooms: one HTML that holds no data, whatever the address says."""

from __future__ import annotations

import pytest
from flask import Flask

from p2pdnr.dashboard import assets, room_pages
from p2pdnr.resources import ASSETS


@pytest.mark.parametrize(
    ("address", "code"),
    [("/room", ""), ("/room/kq7m", "KQ7M"), ('/room/"><script>', ""), ("/room/toolongforacode", "")],
)
def test_a_page_holds_its_code_and_nothing_else(address: str, code: str) -> None:
    app, files = Flask("rooms"), assets.read(ASSETS)
    room_pages.register(app, files)
    answer = app.test_client().get(address)
    assert answer.status_code == 200 and answer.mimetype == "text/html"
    text = answer.get_data(as_text=True)
    assert f'data-code="{code}"' in text and "__" not in text.replace("__pycache__", "")
    assert f'src="/assets/{files.digest}/{assets.ROOM}"' in text and text.count("<script") == 2
