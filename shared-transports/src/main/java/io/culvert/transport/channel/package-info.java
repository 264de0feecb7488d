/** Channels and their common handlers: half-close, read gate, child channels. */
@NullMarked
package io.culvert.transport.channel;

import org.jspecify.annotations.NullMarked;
