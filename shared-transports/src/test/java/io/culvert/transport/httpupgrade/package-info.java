@NullMarked
package io.culvert.transport.httpupgrade;

import org.jspecify.annotations.NullMarked;
