// Runs before Dash: the callbacks that Dash looks up, which wait for the modules that answer them (app/main.js). Dash
// asks by global names; this is the only one of ours.
(function () {
  "use strict";
  let answers = null;
  let arrive = null;
  const arrived = new Promise((resolve) => {
    arrive = resolve;
  });
  // What is told before Dash has its stores would be lost: it waits for Dash's first call of any callback.
  let attached = false;
  const waiting = [];
  const whenAttached = (act) => {
    if (attached) act();
    else waiting.push(act);
  };
  const attach = () => {
    attached = true;
    waiting.splice(0).forEach((act) => act());
  };
  const callback =
    (name) =>
    (...inputs) => {
      if (!attached) window.setTimeout(attach);
      return answers ? answers[name](...inputs) : arrived.then(() => answers[name](...inputs));
    };
  const names = ["hearDraft", "hearVerdict", "hearImport", "hearShare", "hearCells"];
  const answerWith = (given) => {
    answers = given;
    arrive();
  };
  window.dash_clientside = {
    ...window.dash_clientside,
    p2pdnr: { ...Object.fromEntries(names.map((name) => [name, callback(name)])), answerWith, whenAttached },
  };
})();
