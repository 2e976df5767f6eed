// The operator's roles of the day on show, solved one after the other when somebody asks for it.

import { refusal } from "./roles_words.js";
import { sideJob } from "./side_job.js";

const job = sideJob({ field: "roles", wish: { roles: true }, refusal });
export const solveRoles = job.start;
export const cancelRoles = job.cancel;
export const wireRoles = job.wire;
