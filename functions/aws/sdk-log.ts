// Spares every call the copies that the SDK makes for a logger.

/**
 * The SDK's middleware that copies each input and output without what is sensitive, also where no logger is set: a
 * noticeable part of what a call costs, and nothing here logs them. To be removed from a client's stack.
 */
export const LOG_COPIES = 'loggerMiddleware';
