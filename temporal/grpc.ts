import { isGrpcServiceError } from '@temporalio/client';

/** The numbers of gRPC's status codes (https://grpc.io/docs/guides/status-codes). */
export const GRPC = { notFound: 5, alreadyExists: 6 } as const;

/** Whether Temporal refused a call for this reason. */
export function hasCode(error: unknown, code: number): boolean {
  return isGrpcServiceError(error) && Number(error.code) === code;
}

/** Whether a workflow is not there; a missing namespace has the same code and is another matter. */
export function isMissingWorkflow(error: unknown): boolean {
  return isGrpcServiceError(error) && hasCode(error, GRPC.notFound) && !/^namespace\b/i.test(error.details);
}
