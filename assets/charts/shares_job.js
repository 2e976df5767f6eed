// Secure plans of the day on show for several shares of days, solved one after the other when somebody asks for it.

import { hindrance } from "./security_words.js";
import { sideJob } from "./side_job.js";

const job = sideJob({ field: "shares", wish: { shares: true }, refusal: hindrance });
export const solveShares = job.start;
export const cancelShares = job.cancel;
export const wireShares = job.wire;
