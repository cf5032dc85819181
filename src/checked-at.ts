/** Says of the status document, beside `ETag`, when the stores were looked at last: an unchanged document does not tell. */
export const CHECKED_AT_HEADER = "agent-auth-checked-at";
