import type { ATTEMPT_ERROR_CODES } from '../../contract/statuses.ts';

/** Every way an attempt can fail, told apart by `error.code`. */
export type AttemptErrorCode = (typeof ATTEMPT_ERROR_CODES)[number];

/** Why an attempt failed. The message is for people and never holds a secret, an address behind a name or a stack. */
export interface AttemptError {
  code: AttemptErrorCode;
  message: string;
}

/** A target that the address guard refuses; `reason` is a phrase such as "loopback address". */
export class TargetNotAllowedError extends Error {
  readonly code = 'target_not_allowed';
  readonly reason: string;

  constructor(reason: string) {
    super(`The target is not allowed: ${reason}`);
    this.name = 'TargetNotAllowedError';
    this.reason = reason;
  }
}

/**
 * A name that has no addresses, or whose servers do not say; `reason` is c-ares' name for it, such as `ENOTFOUND` or `ETIMEOUT`. Its
 * `code` is not c-ares': a name server that refuses a connection is no receiver that does.
 */
export class UnresolvedNameError extends Error {
  readonly code = 'dns';
  readonly reason: string;
  /** A name server has answered that there is no such name or no such address. */
  readonly isAnswer: boolean;

  constructor(reason: string) {
    super(`The host name could not be resolved (${reason})`);
    this.name = 'UnresolvedNameError';
    this.reason = reason;
    this.isAnswer = reason === 'ENOTFOUND' || reason === 'ENODATA';
  }
}
