@NullMarked
package io.culvert.transport.tls;

import org.jspecify.annotations.NullMarked;
