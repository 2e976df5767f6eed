// Which steps of which lesson are answered: kept in the browser, or as long as the page lives where it keeps nothing.

const KEY = "p2pdnr-lessons";

// What was kept, or nothing: a lesson's answered steps by its name.
/**
 * @param {Storage | null} storage
 * @returns {LessonProgress}
 */
export function kept(storage) {
  try {
    const found = JSON.parse(storage.getItem(KEY));
    const done = found && typeof found.done === "object" && found.done ? found.done : {};
    const lists = Object.entries(done).filter(([, steps]) => Array.isArray(steps));
    return {
      done: Object.fromEntries(lists.map(([name, steps]) => [name, steps.filter((key) => typeof key === "string")])),
      language: found && typeof found.language === "string" ? found.language : null,
      notes: Boolean(found && found.notes),
    };
  } catch (error) {
    return { done: {}, language: null, notes: false };
  }
}

/**
 * @param {Storage | null} storage
 * @param {LessonProgress} progress
 */
export function keep(storage, progress) {
  try {
    storage.setItem(KEY, JSON.stringify(progress));
  } catch (error) {
    /* private browsing, or a file: progress lasts for the page */
  }
}

/**
 * @param {LessonProgress} progress
 * @returns {LessonProgress}
 */
export function answered(progress, lesson, step) {
  const before = progress.done[lesson] || [];
  if (before.includes(step)) return progress;
  return { ...progress, done: { ...progress.done, [lesson]: [...before, step] } };
}

/**
 * @param {LessonProgress} progress
 * @returns {LessonProgress}
 */
export const restarted = (progress, lesson) => ({ ...progress, done: { ...progress.done, [lesson]: [] } });

// How many of a lesson's steps are answered; those that the lesson no longer has do not count.
/**
 * @param {LessonProgress} progress
 * @param {Lesson} lesson
 */
export function count(progress, lesson) {
  const done = progress.done[lesson.name] || [];
  return lesson.steps.filter(({ key }) => done.includes(key)).length;
}

// The lesson and step of an address, from 1; null where it names none.
/**
 * @param {URLSearchParams} query
 * @returns {{ number: number, step: number } | null}
 */
export function asked(query) {
  const [number, step] = [Number(query.get("lesson")), Number(query.get("step") || 1)];
  const whole = (value) => Number.isInteger(value) && value >= 1 && value <= 99;
  return query.has("lesson") && whole(number) ? { number, step: whole(step) ? step : 1 } : null;
}
