/** Plain TCP and UDP sockets. */
@NullMarked
package io.culvert.transport.raw;

import org.jspecify.annotations.NullMarked;
