import { type handleUnaryCall, status } from "@grpc/grpc-js";

/** Handles a call of the program. An error that is thrown reaches the program with its message. */
export function handleUnary<Request, Answer>(
  answer: (request: Request) => Answer | Promise<Answer>,
): handleUnaryCall<Request, Answer> {
  return ({ request }, callback) => {
    Promise.resolve(request)
      .then(answer)
      .then(
        (value) => callback(null, value),
        (error: unknown) => callback({ code: status.INVALID_ARGUMENT, details: messageOf(error) }),
      );
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
