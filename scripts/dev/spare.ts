/**
 * A process that has loaded the packages and waits to be told which role of Relay it is. Packages are most of what a process loads,
 * and do not change while one works on Relay.
 */
import process from 'node:process';

export interface Go {
  env: Record<string, string>;
}

await Promise.all([
  import('typebox'),
  import('ajv'),
  import('koa'),
  import('koa-body'),
  import('winston'),
  import('objection'),
  import('pg'),
  import('prom-client'),
  import('re2js'),
  import('rate-limiter-flexible'),
  import('@temporalio/client'),
  import('@temporalio/worker'),
]);
process.once('disconnect', () => process.exit(0));
process.once('message', ({ env }: Go) => {
  Object.assign(process.env, env);
  void import('../../process/main.ts');
});
