#!/bin/sh
# The disk image for macOS, by hdiutil. It was written from Apple's manual pages and was NOT RUN:
# nobody has built or tried Sightline on macOS yet.
#
# packaging/package.py calls it: sh image.sh .../Sightline.app .../sightline-0.1.0.dmg
set -eu

app=$1
image=$2
[ -d "$app" ] || { echo "There is no $app; run make package." >&2; exit 1; }

# Signed by nobody in particular, which this machine accepts. For others, set SIGHTLINE_SIGN to the
# name of a Developer ID certificate, and have the image notarized afterwards.
codesign --force --deep --options runtime \
    --entitlements "$(dirname "$0")/entitlements.plist" --sign "${SIGHTLINE_SIGN:--}" "$app"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -R "$app" "$folder/"
ln -s /Applications "$folder/Applications"
rm -f "$image"
hdiutil create -volname Sightline -srcfolder "$folder" -format UDZO "$image"
