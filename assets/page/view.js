// What is drawn at the moment: made from the state, so that one hour can be changed into the next without drawing anew.

export const view = { trial: null, drawing: null, control: null, scales: null, colours: null, payload: null, width: 0 };

// The day as the diagram has it: the result, or what someone tries on it.
export const seenDay = () => view.trial || view.payload;
