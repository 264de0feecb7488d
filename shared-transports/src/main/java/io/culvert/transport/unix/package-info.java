/** Unix domain sockets (wire-formats section 14.5). */
@NullMarked
package io.culvert.transport.unix;

import org.jspecify.annotations.NullMarked;
