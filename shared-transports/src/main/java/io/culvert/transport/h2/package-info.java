/** HTTP/2: many byte streams on one connection, and V2Ray's requests on them. */
@NullMarked
package io.culvert.transport.h2;

import org.jspecify.annotations.NullMarked;
