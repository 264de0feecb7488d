/** Joining two channels. */
@NullMarked
package io.culvert.transport.relay;

import org.jspecify.annotations.NullMarked;
