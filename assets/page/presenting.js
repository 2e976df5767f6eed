// Presentation: large type, no table; in a talk one thing at a time, else all at once with the diagram first.

export const presenting = () => document.documentElement.dataset.present === "1";

// Whether a talk shows one thing at a time.
export const talking = () => presenting() && Boolean(document.documentElement.dataset.talk);
