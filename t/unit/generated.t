# SPDX-License-Identifier: Apache-2.0
# The committed files that are generated are what tools/ makes: of npm packages from the pinned
# versions.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP;
use Shared;
use Test::More;

my $npm = 't/npm/node_modules';

sub slurp { my ($name) = @_; open my $in, '<', $name or die "$name: $!"; local $/; return <$in> }

my $pinned = decode_json(slurp('t/npm/package.json'))->{dependencies};
my ($tables) = glob 'src/*/phone_tables.c';
my $notice = slurp('NOTICE');
for (['zxcvbn', 'tools/common-passwords.pl', 'conf/common_passwords.txt'],
    ['libphonenumber-js', 'tools/phone-tables.pl', $tables]) {
    my ($package, $tool, $file) = @$_;
    like $pinned->{$package}, qr/^\d+\.\d+\.\d+$/, "$package: the version is pinned";
    like $notice, qr/^\Q$file\E\n    Made by \Q$tool\E .*\b\Q$package $pinned->{$package}\E /m,
        "NOTICE names the source of $file";
    SKIP: {
        skip "there is no $npm/$package (./dev deps)", 2 unless -d "$npm/$package";
        is decode_json(slurp("$npm/$package/package.json"))->{version}, $pinned->{$package},
            'and installed';
        ok `$^X $tool $npm/$package` eq slurp($file), "$file is what $tool makes";
    }
}

ok `$^X tools/openapi.pl` eq slurp('src/api/openapi_text.c'),
    'src/api/openapi_text.c is what tools/openapi.pl makes';

# An independent list of the most common passwords, most of which it rejects.
SKIP: {
    my $other = Shared::path('vectors/common_passwords_10000.txt');
    skip "there is no $other", 2 unless -r $other;
    my %rejected = map { $_ => 1 } split /\n/, slurp('conf/common_passwords.txt');
    my @common = map { lc } grep { length >= 8 } split /\n/, slurp($other);
    is scalar @common, 2086, 'common passwords of at least 8 characters';
    cmp_ok scalar(grep { $rejected{$_} } @common), '>=', 1980,
        'nearly all of them are in conf/common_passwords.txt';
}
done_testing;
