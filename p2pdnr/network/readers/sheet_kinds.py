"""What columns of sheets of lines, buses and cable types are called, in English and German, and in which units."""

from __future__ import annotations

from dataclasses import replace

from p2pdnr.sheets.columns import Kind

_KW = {"kw": 1.0, "mw": 1000.0, "w": 0.001}
_KVAR = {"kvar": 1.0, "mvar": 1000.0, "var": 0.001}
_KVA = {"kva": 1.0, "mva": 1000.0, "va": 0.001}
_KV = {"kv": 1.0, "v": 0.001}
_AMPS = {"a": 1.0, "ka": 1000.0}
_KM = {"km": 1.0, "m": 0.001, "ft": 0.0003048, "mi": 1.609344}
OHM = {"ohm": 1.0, "mohm": 0.001}
OHM_PER_KM = {"ohmkm": 1.0, "mohmkm": 0.001, "mohmm": 1.0, "ohmm": 1000.0}
CHARGING_PER_KM = {"nfkm": 1.0, "ufkm": 1000.0, "uskm": 0.0}
"""Nanofarad and microfarad per km, the latter thousand of the former; microsiemens count for themselves."""
_ID = ("id", "name", "nr", "no", "number", "nummer", "bezeichnung", "label", "key")

LINES: tuple[Kind, ...] = (
    Kind("from", ("from", "fromnode", "frombus", "fromstation", "von", "vonknoten", "anfang", "anfangsknoten", "start",
                  "startnode",
                  "vonstation", "vonbus", "startknoten", "knotenvon", "stationvon",
                  "node1", "bus1", "knoten1", "nodea", "busa", "source", "sending", "fbus", "i")),
    Kind("to", ("to", "tonode", "tobus", "tostation", "nach", "nachknoten", "zu", "bis", "ende", "endknoten", "end",
                "endnode",
                "nachstation", "nachbus", "zielknoten", "knotennach", "stationnach",
                "node2", "bus2", "knoten2", "nodeb", "busb", "target", "receiving", "tbus", "j")),
    Kind("length", ("length", "len", "laenge", "leitungslaenge", "l", "distance", "km"), _KM),
    Kind("type", ("type", "cabletype", "linetype", "stdtype", "kabeltyp", "leitungstyp", "typ", "conductor", "cable",
                  "kabel", "querschnitt", "typquerschnitt", "kabelquerschnitt", "leitertyp")),
    Kind("r", ("r", "r1", "rstrich", "resistance", "widerstand"), OHM | OHM_PER_KM),
    Kind("x", ("x", "x1", "xstrich", "reactance", "reaktanz"), OHM | OHM_PER_KM),
    Kind("c", ("c", "c1", "cb", "b", "capacitance", "kapazitaet", "charging", "susceptance"),
         CHARGING_PER_KM | {"nf": 1.0, "uf": 1000.0, "us": 1.0}),
    Kind("limit", ("limit", "imax", "maxi", "ith", "ir", "iz", "ibelastbar", "ampacity", "rating", "strom",
                   "maxcurrent", "currentlimit", "inenn", "irated"), _AMPS, "a"),
    Kind("parallel", ("parallel", "systems", "systeme", "anzahl", "circuits", "nparallel"), {"": 1.0}),
    Kind("open", ("open", "isopen", "offen", "normallyopen", "trennstelle", "opened")),
    Kind("status", ("status", "state", "closed", "zustand", "schaltzustand", "inservice", "position", "stellung",
                    "isclosed", "geschlossen")),
    Kind("switchable", ("switchable", "schaltbar", "hasswitch", "switch", "schalter", "operable")),
    Kind("id", ("lineid", "linename", "line", "leitung", "leitungsid", "cableid", "kabelnr", "branch", "branchid",
                "zweig", "abschnitt", "section", *_ID)),
)  # fmt: skip

BUSES: tuple[Kind, ...] = (
    Kind("id", ("node", "bus", "station", "knoten", "knotenname", "nodeid", "busid", "busname", "nodename", "onr",
                "ortsnetzstation", "busbar", "sammelschiene", "substationname", *_ID)),
    Kind("p", ("p", "pmax", "load", "last", "demand", "peak", "power", "wirkleistung", "leistung", "pload", "pd",
               "hoechstlast", "peakload", "bezug", "verbrauch", "spitzenlast", "maxlast", "consumption", "kw"), _KW),
    Kind("feed", ("einspeisung", "pv", "erzeugung", "generation", "feedin", "infeed", "pvleistung", "sgen"), _KW),
    Kind("q", ("q", "qmax", "qload", "qd", "blindleistung", "reactive", "reactivepower", "kvar"), _KVAR),
    Kind("s", ("s", "smax", "sload", "scheinleistung", "apparent", "apparentpower", "kva"), _KVA),
    Kind("cosphi", ("cosphi", "pf", "powerfactor", "cos", "leistungsfaktor", "cosinusphi"), {"": 1.0, "%": 0.01}),
    Kind("kv", ("vn", "un", "u", "kv", "voltage", "spannung", "nominalvoltage", "nennspannung", "v", "basekv", "vnom",
                "vbase", "level", "spannungsebene"), _KV, "kv"),
    Kind("substation", ("substation", "issubstation", "source", "slack", "einspeisung", "umspannwerk", "uw", "feeding",
                        "substationvoltagepu", "vpu", "supply", "infeed", "grid", "issource"),
         {"": 1.0, "pu": 1.0}),
    Kind("x", ("x", "lon", "longitude", "laengengrad", "rechtswert", "east", "easting", "xcoord"), {"": 1.0}),
    Kind("y", ("y", "lat", "latitude", "breitengrad", "hochwert", "north", "northing", "ycoord"), {"": 1.0}),
)  # fmt: skip

_CABLE = ("cable", "kabel")
LINES_OF_CABLES: tuple[Kind, ...] = tuple(
    replace(kind, names=(*_CABLE, *kind.names)) if kind.key == "id"
    else replace(kind, names=tuple(name for name in kind.names if name not in _CABLE)) if kind.key == "type" else kind
    for kind in LINES
)  # fmt: skip
"""The same where a column called "Kabel" holds the names of lines and not their types."""

CABLES: tuple[Kind, ...] = (
    Kind("type", ("type", "cabletype", "linetype", "stdtype", "kabeltyp", "leitungstyp", "typ", "conductor", "cable",
                  "kabel", *_ID)),
    *(kind for kind in LINES if kind.key in ("r", "x", "c", "limit")),
)  # fmt: skip

CLOSED = {"closed", "close", "on", "in", "inservice", "zu", "ein", "geschlossen", "1", "true", "wahr", "yes", "ja",
          "nc", "normallyclosed", "c", "y", "j", "x"}  # fmt: skip
"""Words of a state that mean closed, or yes."""
OPENED = {"open", "opened", "off", "out", "outofservice", "offen", "auf", "aus", "geoeffnet", "0", "false", "falsch",
          "no", "nein", "normallyopen", "o", "n", "getrennt", "trennstelle"}  # fmt: skip
"""Words of a state that mean open, or no."""
