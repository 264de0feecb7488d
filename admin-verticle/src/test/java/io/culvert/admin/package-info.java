@NullMarked
package io.culvert.admin;

import org.jspecify.annotations.NullMarked;
