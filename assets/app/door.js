// The one door for tests, benchmarks and scripts, who import it from the page they drive (scripts/page_door.py). The
// page itself never loads it: nothing here is needed to look at a day.

export { setTheme } from "./theme_choice.js";
export { redraw } from "./drawing.js";
export { renderChart } from "../charts/charts.js";
export { replayed } from "../charts/replay.js";
export { updateDiagram } from "../diagram/hour.js";
export { zoomed } from "../diagram/zoom.js";
export { changeDraft, currentDraft, undo } from "../drawer/draft.js";
export { openPane } from "../drawer/panes.js";
export { diagramSvg } from "../io/picture.js";
export { startHour } from "../page/first_hour.js";
export { goTo, store } from "../page/store.js";
export { view } from "../page/view.js";
export { gridFor, takenIn } from "../powerflow/payload_grid.js";
export { flowOf } from "../powerflow/powerflow.js";
export { rankingOf } from "../powerflow/ranking.js";
export { toggleLine } from "../whatif/manual_switching.js";
export { endTrial } from "../whatif/trial.js";
