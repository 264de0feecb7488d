/** WebSocket (wire-formats section 14.3): the upgrade of {@code httpupgrade} with frames on top. */
@NullMarked
package io.culvert.transport.ws;

import org.jspecify.annotations.NullMarked;
