/** The HTTP proxy: request heads, bodies, and what may be forwarded (wire-formats section 12). */
@NullMarked
package io.culvert.wire.http;

import org.jspecify.annotations.NullMarked;
