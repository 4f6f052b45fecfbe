/** What the body of a delivery can look like (docs/CONTRACT.md §11). */
export const BODY_FORMATS = ['standard', 'payload', 'thin', 'cloudevents', 'slack'] as const;
export type BodyFormat = (typeof BODY_FORMATS)[number];
