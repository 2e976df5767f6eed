// What Dash has: its stores, its table, and who answers when a store changes (app/dash_callbacks.js).

// Puts data into one of Dash's stores, once Dash has them; nobody hears of it in a day that is one file.
export function tellDash(id, data) {
  const dash = window.dash_clientside;
  if (dash) dash.p2pdnr.whenAttached(() => window.dash_clientside.set_props(id, { data }));
}
export const setTable = (properties) => window.dash_clientside.set_props("prosumers", properties);
export const tableApi = () => window.dash_ag_grid.getApiAsync("prosumers");
export const tableApiNow = () => window.dash_ag_grid.getApi("prosumers");

// What a callback returns that leaves everything as it is.
export const unchanged = () => window.dash_clientside.no_update;

export const answerDash = (answers) => window.dash_clientside.p2pdnr.answerWith(answers);
