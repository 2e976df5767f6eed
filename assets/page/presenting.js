// Presentation: large type, the diagram first, no table.

export const presenting = () => document.documentElement.dataset.present === "1";
