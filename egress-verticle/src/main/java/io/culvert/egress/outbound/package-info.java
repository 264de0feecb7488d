/** The outbound protocols. */
@NullMarked
package io.culvert.egress.outbound;

import org.jspecify.annotations.NullMarked;
