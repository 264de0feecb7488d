/** Scenarios against real peers: processes of their own, real sockets, every byte checked. */
@NullMarked
package io.culvert.it;

import org.jspecify.annotations.NullMarked;
