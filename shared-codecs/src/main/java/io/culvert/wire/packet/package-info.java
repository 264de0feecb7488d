/** What transports over UDP put around their packets: a disguise header in front, and a seal that hides the rest. */
@NullMarked
package io.culvert.wire.packet;

import org.jspecify.annotations.NullMarked;
