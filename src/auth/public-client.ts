// The client id of every app that has none of its own. It is typed by hand at sign-in and has no secret: the person's key decides
// what the app may see.

export const publicClient = "belfry";
