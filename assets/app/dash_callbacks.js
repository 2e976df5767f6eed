// Runs before Dash: the callbacks that Dash looks up, which wait for the modules that answer them (app/main.js). Dash
// asks by global names; this is the only one of ours.
(function () {
  "use strict";
  let answers = null;
  let arrive = null;
  const arrived = new Promise((resolve) => {
    arrive = resolve;
  });
  const callback =
    (name) =>
    (...inputs) =>
      answers ? answers[name](...inputs) : arrived.then(() => answers[name](...inputs));
  const names = ["hearDraft", "hearVerdict", "hearImport", "hearShare", "hearCells"];
  const answerWith = (given) => {
    answers = given;
    arrive();
  };
  window.dash_clientside = {
    ...window.dash_clientside,
    p2pdnr: { ...Object.fromEntries(names.map((name) => [name, callback(name)])), answerWith },
  };
})();
