/** The key that a fresh development relay answers to; refused in production. */
export const DEVELOPMENT_API_KEY = 'test-api-key-12345';
