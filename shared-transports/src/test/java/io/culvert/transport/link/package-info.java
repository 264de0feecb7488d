@NullMarked
package io.culvert.transport.link;

import org.jspecify.annotations.NullMarked;
