// Share links: only what differs from a named case travels, behind the "#", which no server sees or keeps.
window.p2pdnr = window.p2pdnr || {};
(function (p2pdnr) {
  "use strict";
  const { html, store } = p2pdnr;
  const MARK = "#s=";

  p2pdnr.share = function () {
    const { verdict } = store.get();
    if (!verdict || !verdict.scenario) throw new Error(verdict ? "Correct the marked cells first." : "The table is still being read.");
    p2pdnr.tell("share-ask", { draft: p2pdnr.draft(), at: Date.now() });
  };

  // Opens the link of the address, if it is one; says whether.
  p2pdnr.openShared = function () {
    const shared = window.location.hash.startsWith(MARK);
    if (shared) p2pdnr.tell("share-ask", { open: window.location.hash.slice(MARK.length), at: Date.now() });
    return shared;
  };

  function showLink(link) {
    const address = `${window.location.origin}${window.location.pathname}${MARK}${link}`;
    p2pdnr.dialog("Share link", html("p", {}, "Whoever opens it on this server, or on another copy of this page with the same case, sees your edits, not yet solved."),
      p2pdnr.copyField("Share link", address));
  }

  function offerFile(message) {
    const button = html("button", { type: "button" }, "Download the scenario");
    button.addEventListener("click", () => document.getElementById("out-scenario").click());
    p2pdnr.dialog("Share the file instead", html("p", {}, message), html("p", {}, button));
  }

  function hearShare(answer) {
    if (!answer) return window.dash_clientside.no_update;
    if (answer.link) showLink(answer.link);
    else if (answer.draft) {
      window.history.replaceState(null, "", window.location.pathname + window.location.search);
      p2pdnr.openDraft(answer.draft, answer.case, answer.results).then(() => p2pdnr.say("The edits of a shared link are open. Solve to see their effect."));
    } else if (answer.file) offerFile(answer.problems.join(" "));
    else p2pdnr.showFileProblems("The share link", answer.problems);
    return window.dash_clientside.no_update;
  }

  window.addEventListener("hashchange", p2pdnr.openShared);
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.p2pdnr = { ...window.dash_clientside.p2pdnr, hearShare };
}(window.p2pdnr));
