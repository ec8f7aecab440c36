/** How many connections to a PostgreSQL server a backend takes at most, if nothing else is set. */
export const CONNECTIONS = 10;
