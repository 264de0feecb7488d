/** TLS as a layer over any channel. */
@NullMarked
package io.culvert.transport.tls;

import org.jspecify.annotations.NullMarked;
