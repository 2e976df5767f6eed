// What is drawn at the moment: made from the state, so that one hour can be changed into the next without drawing anew.

/**
 * @type {{preview: Payload | null, first: Payload | null, replay: Payload | null, trial: TrialDay | null,
 *   payload: Payload | null, drawing: any, control: any, scales: any, colours: any, width: number}}
 */
export const view = {
  preview: null,
  first: null,
  replay: null,
  trial: null,
  drawing: null,
  control: null,
  scales: null,
  colours: null,
  payload: null,
  width: 0,
};

// The day as the diagram has it: the preview of an edit, the first plan of a solve, what someone tries, a turn of the
// negotiation, or the result.
/** @returns {Payload | TrialDay} */
export const seenDay = () => view.preview || view.first || view.trial || view.replay || view.payload;

// The day whose trades are drawn: what someone tries by hand has none of its own.
/** @returns {Payload} */
export const tradingDay = () => view.preview || view.first || view.replay || view.payload;
