/** A client's session from its request to its end, and the table of live ones. */
@NullMarked
package io.culvert.ingress.session;

import org.jspecify.annotations.NullMarked;
