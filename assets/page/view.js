// What is drawn at the moment: made from the state, so that one hour can be changed into the next without drawing anew.

/**
 * @type {{trial: TrialDay | null, payload: Payload | null, drawing: any, control: any, scales: any, colours: any,
 *   width: number}}
 */
export const view = { trial: null, drawing: null, control: null, scales: null, colours: null, payload: null, width: 0 };

// The day as the diagram has it: the result, or what someone tries on it.
/** @returns {Payload | TrialDay} */
export const seenDay = () => view.trial || view.payload;
