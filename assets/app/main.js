// Ties the parts together and opens the first case. Imported by the page alone, as the module that runs.

import { wireTyping } from "../page/elements.js";
import { wireMenus } from "../page/menus.js";
import { say } from "../page/status.js";
import { store } from "../page/store.js";
import { wireTerms } from "../page/terms.js";
import { wireAddress } from "../io/address.js";
import { wirePointing } from "../diagram/pointing.js";
import { hearCells, hearDraft, hearVerdict } from "../drawer/answers.js";
import { showCase, wireCases } from "../drawer/cases.js";
import { wireCompare } from "../drawer/compare.js";
import { answerDash } from "../drawer/dash.js";
import { openKept, wireDraftStorage } from "../drawer/draft_storage.js";
import { hearImport, wireImport } from "../drawer/imports.js";
import { fitTable, wireMarks } from "../drawer/marks.js";
import { grabBus, shiftBus, wirePlaces } from "../drawer/places.js";
import { wirePairs } from "../drawer/pairs.js";
import { openAsked, wireHistory, wirePanes } from "../drawer/panes.js";
import { wirePreferences } from "../drawer/preferences.js";
import { wireProfileChoice } from "../drawer/profile_choice.js";
import { wireProfiles } from "../drawer/profiles.js";
import { wireRuns } from "../drawer/runs.js";
import { wireSettings } from "../drawer/settings.js";
import { hearShare, openShared, wireShare } from "../drawer/share.js";
import { wireTable } from "../drawer/table.js";
import { wireTakeAway } from "../drawer/take_away.js";
import { wirePreview } from "../preview/session.js";
import { sliderTool, wireSliders } from "../preview/sliders.js";
import { wireGuess } from "../whatif/guess_losses.js";
import { faultTool, wireFaultTool } from "../whatif/if_it_fails.js";
import { toggleLine, wireManualSwitching } from "../whatif/manual_switching.js";
import { sketchDay } from "../whatif/sketch.js";
import { grabPv, nudgePv, pvTool } from "../whatif/pv_by_hand.js";
import { renderChart, wireCharts } from "../charts/charts.js";
import { wireFigureTools } from "../charts/figure_tools.js";
import { wireReplay } from "../charts/replay.js";
import { wireSecurity } from "../charts/security.js";
import { isTab } from "../charts/tabs.js";
import { openYear } from "../charts/year.js";
import { openAskedLesson, wireLessons } from "../lessons/session.js";
import { wireAddressBar } from "./address_bar.js";
import { wireDrawing } from "./drawing.js";
import { wireFigureExport } from "./figure_export.js";
import { wireHelp } from "./help.js";
import { openTalk, wirePresent } from "./present.js";
import { wireLanguage } from "./language_choice.js";
import { wireQuestions } from "./questions.js";
import { cancelSolve, startSolve, wireSolve } from "./solve.js";
import { wirePaper } from "./paper.js";
import { wireTheme } from "./theme_choice.js";
import { wireTime } from "./time.js";
import { wireWelcome } from "./welcome.js";

// The first draft has come: what waits for the table begins.
/** @param {State} state */
function begin(state, old) {
  if (old.heard) return;
  fitTable();
  wireProfileChoice();
  openAsked();
  if (!openShared()) openKept();
}

function wireDrawer() {
  [
    wireTyping,
    wireTerms,
    wireMenus,
    wireMarks,
    wirePairs,
    wireTable,
    wireSettings,
    wirePreferences,
    wireProfiles,
    wirePanes,
    wireHistory,
  ].forEach((wire) => wire());
  [
    wireCases,
    () => wireImport(sketchDay, openYear),
    wireTakeAway,
    wireShare,
    wireDraftStorage,
    wireRuns,
    wireCompare,
    wireAddress,
  ].forEach((wire) => wire());
  store.on("heard", begin);
  answerDash({ hearDraft, hearCells, hearVerdict, hearImport, hearShare });
}

function ready() {
  document.documentElement.dataset.ready = "1";
}

async function openFirst() {
  try {
    await showCase(JSON.parse(document.body.dataset.results));
    await Promise.all([document.fonts.ready, renderChart(store.get())]);
  } catch (error) {
    say(error.message, "bad");
  }
  openTalk();
  wireAddressBar();
  await openAskedLesson();
  ready();
}

function start() {
  const query = new URLSearchParams(window.location.search);
  store.set({
    theme: document.documentElement.dataset.theme,
    tab: isTab(query.get("tab")) ? query.get("tab") : "costs",
  });
  wireDrawer();
  [wireFigureTools, wireDrawing, wireCharts].forEach((wire) => wire());
  wirePointing({
    grab: (event) => grabBus(event) || grabPv(event),
    shift: shiftBus,
    tool: (target) => [sliderTool(target), pvTool(target) || faultTool(target)],
    toggle: toggleLine,
    nudge: nudgePv,
  });
  [
    wirePlaces,
    wireManualSwitching,
    wireFaultTool,
    wireQuestions,
    wireLessons,
    wireGuess,
    wireReplay,
    wirePresent,
    wireFigureExport,
    wireTime,
    wireTheme,
    wirePaper,
    wireLanguage,
    wireSolve,
    wireWelcome,
    wireHelp,
  ].forEach((wire) => wire());
  wirePreview({ solve: startSolve, cancel: cancelSolve });
  wireSliders();
  wireSecurity({ solve: startSolve });
  openFirst();
}
start();
