// What the page with a server and a day in one file both wire, in this order: what is opened, what is drawn, what one
// does with it.

import { wireMenus } from "../page/menus.js";
import { wireTerms } from "../page/terms.js";
import { wireCases } from "../drawer/cases.js";
import { wireTakeAway } from "../drawer/take_away.js";
import { wireGuess } from "../whatif/guess_losses.js";
import { wireManualSwitching } from "../whatif/manual_switching.js";
import { wireCharts } from "../charts/charts.js";
import { wireFigureTools } from "../charts/figure_tools.js";
import { wireReplay } from "../charts/replay.js";
import { wireLessons } from "../lessons/session.js";
import { wireDrawing } from "./drawing.js";
import { wireFigureExport } from "./figure_export.js";
import { wirePaper } from "./paper.js";
import { wirePresent } from "./present.js";
import { wireQuestions } from "./questions.js";
import { wireTheme } from "./theme_choice.js";
import { wireTime } from "./time.js";

export const OPENED = [wireTerms, wireMenus, wireCases, wireTakeAway];
export const DRAWN = [wireFigureTools, wireDrawing, wireCharts];
export const DONE = [
  wireManualSwitching,
  wireQuestions,
  wireLessons,
  wireGuess,
  wireReplay,
  wirePresent,
  wireFigureExport,
  wireTime,
  wireTheme,
  wirePaper,
];

/** @param {(() => void)[]} parts */
export const wireAll = (parts) => parts.forEach((wire) => wire());
