/** Names to addresses to sockets, with the address guard. */
@NullMarked
package io.culvert.egress.dial;

import org.jspecify.annotations.NullMarked;
