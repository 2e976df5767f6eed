// What a room's page keeps: a player's token by room, the lecturer's key as long as the window lives.

/** @param {() => Storage} storage */
function read(storage, key) {
  try {
    return storage().getItem(key);
  } catch (error) {
    return null;
  }
}
/** @param {() => Storage} storage */
function write(storage, key, value) {
  try {
    if (value === null) storage().removeItem(key);
    else storage().setItem(key, value);
  } catch (error) {
    /* private browsing: it lasts for the page */
  }
}

const local = () => window.localStorage;
const session = () => window.sessionStorage;
const held = new Map();
const both = (storage, key) => ({
  get: () => held.get(key) || read(storage, key),
  set(value) {
    held.set(key, value);
    write(storage, key, value);
  },
});

export const tokenOf = (code) => both(local, `p2pdnr-room-${code}`);
export const lecturerKey = both(session, "p2pdnr-room-key");
export const lecturerRoom = both(session, "p2pdnr-room-code");
