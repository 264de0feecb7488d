/** The control path: what ingress, router and egress say to each other over the event bus. */
@NullMarked
package io.culvert.bus;

import org.jspecify.annotations.NullMarked;
