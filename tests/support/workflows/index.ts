export { busy } from './busy.ts';
export { noting } from './noting.ts';
