const MAX_MESSAGE = 400 * 1024 * 1024;

/** The message size that the SDK uses: runtime/settings.js of @pulumi/pulumi 3.259.0. */
export const CHANNEL_OPTIONS = {
  "grpc.max_receive_message_length": MAX_MESSAGE,
  "grpc.max_send_message_length": MAX_MESSAGE,
} as const;
