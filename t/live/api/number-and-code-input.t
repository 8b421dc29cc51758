# SPDX-License-Identifier: Apache-2.0
# Mobile numbers and codes as users type and paste them: digits of other scripts, dashes, former
# formats. And AuthSMSNumberTypes.
use strict;
use warnings;
use utf8;
use lib 't/lib';
use Encode qw(encode_utf8);
use Site;
use Test::More;

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output todo_output);

sub register {
    my ($site, $number, %more) = @_;
    my %form = (%{ Site::person() }, smsmobile => $number, %more);
    return $site->client->form_post(
        '/app_api/user',
        { map { $_ => encode_utf8($form{$_}) } keys %form }
    );
}

subtest 'digits of other scripts' => sub {
    my $site = Site->new(server => 'AuthSMSLimit * off')->start;
    my %numbers = (
        '＋４４　７７００－９００１２３' => '+447700900123',
        "\x{202a}+44\x{a0}7700\x{2011}900124\x{202c}" => '+447700900124',
        '٠٧٧٠٠/٩٠٠١٢٥' => '+447700900125',
        ' ٤٤ ٧٧٠٠ ٩٠٠١٢٦' => '+447700900126',    # the plus sign was not encoded
        '07700−900127' => '+447700900127',
    );
    my @ways = (
        sub { "G-$_[0]" }, sub { join ' - ', split //, $_[0] }, sub { $_[0] =~ tr/0-9/٠-٩/r },
        sub { $_[0] =~ tr/0-9/０-９/r }, sub { "\x{200e}$_[0]\x{fe0f}" }
    );
    for my $typed (sort keys %numbers) {
        my $r = register($site, $typed);
        is $r->{status}, 201, "number $typed" or diag $r->{raw};
        my $code = $site->code_of($numbers{$typed});
        my $written = (shift @ways)->($code);
        is $site->api("/user/$r->{json}{id}/verify", { code => $written })->{status}, 200,
            "code $written";
    }
    is register($site, '07700 90012x')->{status}, 422, 'a letter in a number: status 422';
    is register($site, '5512 3456 78', countryCode => '＋５２')->{status}, 201,
        'countryCode in other digits';
    $site->stop;
};

subtest 'former formats are the same number' => sub {
    my $site = Site->new(server => "AuthSMSLimit * off\nAuthSMSLimit sms/number 2/1h")->start;
    for (
        ['+54 9 11 2345-6789', '+54 11 2345-6789', '+54 11 15 2345-6789'],
        ['+52 55 1234 5678', '+52 1 55 1234 5678', '+52 044 55 1234 5678'],
        ['+55 11 98123-4567', '+55 11 8123-4567', '+55 (0)11 8123 4567']
    ) {
        is_deeply [map { register($site, $_)->{status} } @$_], [201, 201, 429], "one limit for @$_";
    }
    $site->stop;
};

subtest "AuthSMSNumberTypes $_->[0]" => sub {
    my ($types, %wanted) = @$_;
    my $site = Site->new(server => "AuthSMSLimit * off\nAuthSMSNumberTypes $types")->start;
    is register($site, $_)->{status}, $wanted{$_}, "number $_: status $wanted{$_}"
        for sort keys %wanted;
    $site->stop;
    }
    for [mobile => '020 7946 0958' => 422, '07700 900123' => 201, '0909 879 0123' => 422], [
    any => '020 7946 0958' => 201, '07700 900123' => 201, '0909 879 0123' => 422,
    '0845 464 0123' => 422, '0800 123 4567' => 422
    ];
done_testing;
