/** The only course there is so far. Roles, submissions and points belong to a course. */
export const COURSE = "gradus";
