# SPDX-License-Identifier: Apache-2.0
# The OpenAPI document and the code name the same routes, fields, errors and limits.
# t/lib/OpenApi.pm rejects responses that are not as documented.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP ();
use OpenApi;
use Test::More;

sub slurp {
    my ($file) = @_;
    open my $in, '<', $file or die "$file: $!";
    local $/;
    return scalar <$in>;
}

my $api = OpenApi->new;
my $document = $api->{document};
my $schemas = $document->{components}{schemas};
my @operations = map {
    my ($path, $method, $operation) = @$_;
    { path => $path, method => $method, %$operation }
} OpenApiDocument::operations($document);

# ---- the router's table ----

my ($table) = slurp('src/api/router.c') =~ /^const as_route_t as_routes\[\] = \{\n(.*?)^\};/ms
    or die 'no table of routes';
my %route;
for my $row (split /^ {4}(?=\{)/m, $table) {
    my ($path) = $row =~ /\.path = "([^"]*)"/ or next;
    my %flag = map { $_ => 1 } $row =~ /\.(\w+) = 1\b/g;
    $route{ "$1 /" . ($path =~ s/:(\w+)/{$1}/gr) } = { endpoint => $2, %flag }
        while $row =~ /\.(get|post|put|patch|delete) = (as_endpoint_\w+)/g;
}
my %documented = map { ("$_->{method} $_->{path}" => $_) } @operations;
cmp_ok scalar keys %route, '>', 25, 'the router has routes';
is_deeply [sort keys %documented], [sort keys %route], 'each route is documented, and no other';

subtest 'what a route needs' => sub {
    for my $name (sort keys %route) {
        my ($route, $operation) = ($route{$name}, $documented{$name});
        my @schemes = map { join '+', sort keys %$_ } @{ $operation->{security} };
        my @token = qw(jwt bearer cookie);
        is_deeply \@schemes,
            $route->{requires_token} ? \@token : $route->{accepts_token} ? ['', @token] : [],
            "$name: token";
        my %status = map { $_ => $operation->{responses}{$_} } keys %{ $operation->{responses} };
        my $words = sub {
            my ($status) = @_;
            return () if !$status{$status};
            my ($schema) = values %{ $api->resolve($status{$status})->{content} };
            return @{ $schema->{schema}{allOf}[1]{properties}{code}{enum} };
        };
        if ($route->{requires_token}) {
            is_deeply [$words->(401)], [qw(no_token invalid_token expired_token)],
                "$name: errors of the token";
        }
        my $uses_cookie = $route->{sets_cookie}
            || ($route->{requires_token} || $route->{accepts_token}) && $name !~ /^get /;
        is !!grep({ $_ eq 'cross_origin' } $words->(403)), !!$uses_cookie, "$name: cross_origin";
        my ($error) = values %{ $api->resolve($status{'4XX'})->{content} };
        is $error->{schema}{allOf}[0]{'$ref'} eq '#/components/schemas/OAuthError',
            !!$route->{oauth}, "$name: errors of RFC 6749";
        ok $words->('503'), "$name: 503";
    }
};

my %always200 = map { s/^post //r => 1 } grep { $route{$_}{always200} } keys %route;
is_deeply [sort $document->{info}{description} =~ /each `POST` of `(.*?)`, `(.*?)` and `(.*?)`/],
    [sort keys %always200], 'AuthSMSStatus always200: the routes are named';
is_deeply \%always200, \%OpenApi::always200, 'and known to the tests';

# ---- fields ----

# What an endpoint reads by a function of another file.
my %helper = (
    as_recent_check => { password => 'text' },
    as_refresh_find_credential => { refresh_token => 'text' },
    as_login_challenge_read => { challenge => 'text' },
);
my %types = (text => 'string', phone => 'string integer', digits => 'string integer');

subtest 'fields of the bodies' => sub {
    my %file;
    for my $name (sort keys %route) {
        my ($file) = grep { slurp($_) =~ /^as_error_t $route{$name}{endpoint}\(/m }
            glob 'src/api/routes/*.c';
        ok $file, "$name: $route{$name}{endpoint}" or next;
        push @{ $file{$file} }, $name if !$route{$name}{raw_input};
    }
    for my $file (sort keys %file) {
        my (%read, %shown);
        my $text = slurp($file);
        $read{$2} = $types{$1} while $text =~ /\bas_body_get_(\w+)\([^"()]*"(\w+)"/g;
        for my $function (grep { $text =~ /\b$_\(/ } keys %helper) {
            my $fields = $helper{$function};
            $read{$_} = $types{ $fields->{$_} } for keys %$fields;
        }
        for my $name (@{ $file{$file} }) {
            my $content = ($documented{$name}{requestBody} // next)->{content};
            is_deeply [sort keys %$content],
                ['application/json', 'application/x-www-form-urlencoded'],
                "$name: JSON and form";
            my ($schema, @more) = map { $api->resolve($_->{schema}) } values %$content;
            is_deeply \@more, [$schema], "$name: of the same fields";
            my $fields = $schema->{properties};
            my $plain = sub { my $of = $api->resolve($_[0])->{type}; ref $of ? "@$of" : $of };
            $shown{$_} = $plain->($fields->{$_}) for keys %$fields;
        }
        delete $shown{token_type_hint};
        is_deeply \%shown, \%read, "$file: fields and types";
    }
};

# ---- words and limits ----

sub constant {
    my ($name, $file) = @_;
    my ($value) = slurp($file) =~ /\b$name\b[ =]+"?([\w.]+)/ or die "$file: no $name";
    return $value;
}

sub words_of {
    my ($file, $pattern) = @_;
    my ($text) = slurp($file) =~ /$pattern/ or die "$file: no $pattern";
    return [sort $text =~ /"([\w.]+)"/g];
}

subtest 'errors' => sub {
    my @errors = OpenApiDocument::read_errors();
    cmp_ok scalar @errors, '>', 40, 'the code has errors';
    is_deeply [map { "X($_->[0])" } @errors],
        [map { "X($_)" } slurp('src/base/error.h') =~ /\bX\(\w+, (\d+),/g], 'all of them are read';
    my %used;
    for my $operation (@operations) {
        for my $status (keys %{ $operation->{responses} }) {
            my ($content) =
                values %{ $api->resolve($operation->{responses}{$status})->{content} // {} };
            my $parts = ($content // next)->{schema}{allOf} // next;
            my $words = $parts->[1]{properties}{code}{enum};
            $used{$_}{$status} = 1 for @$words;
        }
    }
    my %class = map {
        my $w = $_;
        $w => [grep { /XX/ } keys %{ $used{$w} }]
    } keys %used;
    for (@errors) {
        my ($status, $word) = @$_;
        # It belongs to no operation, but to the methods that none has.
        next if $word eq 'method_not_allowed';
        my $class = substr($status, 0, 1) . 'XX';
        ok $used{$word}{$status} || $used{$word}{$class}, "$status $word: a route has it";
        is_deeply [grep { $_ ne $class } @{ $class{$word} }], [], "$word: not with another class";
    }
    my %known = map { ("$_->[0] $_->[1]" => 1) } @errors;
    my @wrong;
    for my $word (sort keys %used) {
        push @wrong, grep { !/XX/ && !$known{$_} } map { "$_ $word" } sort keys %{ $used{$word} };
    }
    is_deeply \@wrong, [], 'each word has its status';
};

# The code words of an operation: "status word".
sub words_of_operation {
    my ($operation) = @_;
    my $responses = $operation->{responses};
    return map {
        my $status = $_;
        my ($content) = values %{ $api->resolve($responses->{$status})->{content} // {} };
        my $parts = $content ? $content->{schema}{allOf} : undef;
        $parts ? map { "$status $_" } @{ $parts->[1]{properties}{code}{enum} } : ();
    } sort keys %$responses;
}

subtest 'docs/api.md' => sub {
    my $sections = 0;
    for (split /^## /m, slurp('docs/api.md')) {
        my ($method, $path) = m{^(GET|POST|PATCH|DELETE) (/\S*)\n} or next;
        $sections++;
        my $operation = $documented{ lc($method) . ' ' . $path =~ s/:(\w+)/{$1}/gr };
        ok $operation, "$method $path" or next;
        my %known = map { $_ => 1 } words_of_operation($operation);
        my @missing;
        for my $row (/^\| (\d{3} \| `.*?) \|/mg) {
            my ($status) = $row =~ /^(\d+)/;
            push @missing, grep { !$known{$_} } map { "$status $_" } $row =~ /`(\w+)`/g;
        }
        is_deeply \@missing, [], 'each code word of its table';
    }
    cmp_ok $sections, '>', 20, 'the page has sections';
};

subtest 'limits' => sub {
    is $schemas->{Username}{maxLength}, constant('AS_USERNAME_MAX', 'src/account/username.h'),
        'the longest username';
    is $schemas->{Sessions}{properties}{sessions}{maxItems},
        constant('LISTED_MAX', 'src/api/routes/sessions.c'), 'the longest list of sessions';
    my ($digits) = $schemas->{Digits}{description} =~ /^6 to (\d+) digits/;
    is $digits, constant('AS_CODE_DIGITS_MAX', 'src/account/code.h'), 'the longest code';
    my ($kib) = $document->{info}{description} =~ /of at most (\d+) KiB/;
    is $kib * 1024, constant('AS_BODY_MAX', 'src/api/body.h'), 'the largest body';
    my ($min) = $schemas->{Password}{description} =~ /at least (\d+) characters/;
    my ($max) = $schemas->{Password}{description} =~ /at most (\d+) bytes/;
    my ($policy) = slurp('conf/authsms.conf') =~ /^#AuthSMSPasswordPolicy (.*)$/m;
    like $policy, qr/\bmin=$min max=$max\b/, 'the default policy of passwords';
};

subtest 'words' => sub {
    my $text = $schemas->{StoredText}{properties};
    is_deeply [sort @{ $text->{kind}{enum} }],
        [sort map { /\bX\(\w+, "(\w+)"/g }
            slurp('src/config/config.h') =~ /#define AS_TEXTS(.*?)\n\n/s],
        'kinds of texts';
    my $states = words_of('src/base/receipt_state.h', qr/#define AS_RECEIPT_STATES(.*?)\n\n/s);
    my $own = words_of('src/store/outbox.c', qr/^const char \*as_outbox_state_name(.*?)^\}/ms);
    is_deeply [sort @{ $text->{state}{enum} }], [sort @$states, @$own], 'states of texts';
    my @proofs = slurp('src/api/second_factor.h') =~ /#define AS_PROOF_\w+ "(\w+)"/g;
    is_deeply [sort @{ $schemas->{Amr}{items}{enum} }], [sort @proofs], 'proofs of identity';
    is_deeply [sort @{ $schemas->{Challenge}{properties}{methods}{items}{enum} }],
        words_of('src/api/second_factor.c', qr/\bwords\[\] = (.*?);/s), 'methods of a challenge';
    is_deeply [sort @{ $schemas->{Receipt}{properties}{status}{enum} }], $states,
        'states of a receipt';
};

# ---- the validator ----

my %json = ('content-type' => ['application/json; charset=utf-8']);
my %plain = ('cache-control' => ['no-store'], 'x-content-type-options' => ['nosniff']);

# A response as Client makes it. undef in headers removes one.
sub response {
    my ($status, $body, %headers) = @_;
    my %all = (%plain, length $body ? %json : (), map { $_ => [$headers{$_}] } keys %headers);
    delete @all{ grep { !defined $headers{$_} } keys %headers };
    return {
        status => $status, body => $body, headers => \%all,
        json => scalar eval { JSON::PP->new->utf8->decode($body) }
    };
}

my $id = '01a2099a-50a8-7121-b06f-a82bf4a9574c';
my $time = '2026-11-23T18:10:37.864Z';
my $account = qq({"id":"$id","username":"ada","smsmobile":"07700","countryCode":"+44",)
    . qq("verified":true,"createdAt":"$time","updatedAt":null,"lastLogin":null,"roles":["a"]});
my $refused = '{"success":false,"msg":"x","code":"bad_credentials"}';
my @challenge = ('www-authenticate' => 'JWT realm="x"');
my %good = (
    'POST /authenticate' => [
        response(401, $refused, @challenge),
        response(200, '{"success":true,"msg":"","token":"JWT a.b.c","expires_in":3600}'),
        response(200, '{"success":true,"msg":""}'),
        response(413, '{"success":false,"msg":"x","code":"too_large"}'),
        response(403, qq({"success":false,"msg":"x","code":"not_verified","id":"$id"})),
        response(
            503, '{"success":false,"msg":"x","code":"unavailable"}',
            'retry-after' => '1'
        ),
    ],
    'GET /users' => [response(200, qq({"success":true,"msg":$account}))],
    'GET /users/' => [response(200, qq({"success":true,"msg":$account}))],
    'HEAD /users' => [response(200, '', %{ { 'content-type' => $json{'content-type'}[0] } })],
    'POST /sms/status' => [response(204, '')],
    'POST /token' => [
        response(
            200,
            '{"success":true,"msg":"","access_token":"a.b.c","token_type":"Bearer","expires_in":1}'
        )
    ],
    'OPTIONS /users' => [response(204, '', allow => 'GET, HEAD, PATCH, DELETE, OPTIONS')],
    'PUT /users' => [
        response(
            405, '{"success":false,"msg":"x","code":"method_not_allowed"}',
            allow => 'GET, HEAD, PATCH, DELETE, OPTIONS'
        )
    ],
    'GET /token' => [
        response(
            405, '{"success":false,"msg":"x","code":"method_not_allowed"}',
            allow => 'POST, OPTIONS'
        )
    ],
    'GET /nowhere' => [response(404, '{"success":false,"msg":"x","code":"not_found"}')],
    "POST /user/$id/%76erify?x=1" => [
        response(200, '{"success":true,"msg":"x"}'),
        response(429, '{"success":false,"msg":"x","code":"too_many_attempts"}')
    ],
);
for my $request (sort keys %good) {
    is_deeply [$api->check_response(split(/ /, $request), $_)], [],
        "$request, $_->{status}: accepted" for @{ $good{$request} };
}

# Each is wrong in one way: request, response, what is said.
my @bad = (
    ['POST /authenticate', response(418, $refused), qr/forbidden|not one of/],
    ['GET /users', response(202, qq({"success":true,"msg":$account})), qr/status 202/],
    ['GET /users', response(200, '{"success":true}'), qr/msg is missing/],
    ['GET /users', response(200, '{"success":true,"msg":"x"}'), qr/not of type object/],
    ['GET /users', response(200, qq({"success":1,"msg":$account})), qr/not of type boolean/],
    ['GET /users', response(200, qq({"success":false,"msg":$account})), qr/false is not true/],
    [
        'GET /users', response(200, qq({"success":true,"msg":$account,"hash":"x"})),
        qr/hash: the document has no such member/
    ],
    [
        'GET /users',
        response(200, qq({"success":true,"msg":$account}) =~ s/"roles"/"x":1,"roles"/r),
        qr{msg/x: the document has no such member}
    ],
    [
        'GET /users', response(200, qq({"success":true,"msg":$account}) =~ s/\["a"\]/["a",1]/r),
        qr{roles/1: 1 is not of type string}
    ],
    [
        'GET /users', response(200, qq({"success":true,"msg":$account}) =~ s/\.864Z/+01:00/r),
        qr{createdAt: .*does not match}
    ],
    [
        'GET /users', response(200, qq({"success":true,"msg":$account}) =~ s/null/1/r),
        qr{updatedAt: 1 is not of type}
    ],
    ['GET /users', response(200, "{"), qr/not JSON/],
    ['GET /users', response(200, '[]'), qr/not of type object/],
    [
        'GET /users',
        response(200, qq({"success":true,"msg":$account}), 'content-type' => 'text/html'),
        qr/text\/html is not documented/
    ],
    [
        'GET /users',
        response(200, qq({"success":true,"msg":$account}), 'content-type' => 'application/json'),
        qr/charset/
    ],
    [
        'GET /users',
        response(200, qq({"success":true,"msg":$account}), 'cache-control' => 'public'),
        qr/Cache-Control/
    ],
    [
        'GET /users',
        response(200, qq({"success":true,"msg":$account}), 'x-content-type-options' => undef),
        qr/nosniff/
    ],
    ['POST /authenticate', response(401, $refused), qr/WWW-Authenticate is missing/],
    [
        'POST /authenticate',
        response(401, $refused =~ s/bad_credentials/invalid_token/r, @challenge), qr/not one of/
    ],
    [
        'POST /authenticate', response(401, $refused =~ s/\}/,"id":"$id"}/r, @challenge),
        qr/id: the document has no such member/
    ],
    [
        'POST /authenticate', response(429, '{"success":false,"msg":"x","code":"rate_limited"}'),
        qr/Retry-After is missing/
    ],
    [
        'POST /authenticate',
        response(429, '{"success":false,"msg":"x","code":"rate_limited"}', 'retry-after' => '0'),
        qr/Retry-After: .*does not match/
    ],
    [
        "POST /user/$id/verify", response(429, '{"success":false,"msg":"x","code":"rate_limited"}'),
        qr/Retry-After is missing/
    ],
    [
        'POST /authenticate',
        response(200, '{"success":true,"msg":"","expires_in":"3600"}'), qr/not of type integer/
    ],
    [
        'POST /authenticate',
        response(200, '{"success":true,"msg":"","expires_in":-1}'), qr/too small/
    ],
    [
        'POST /authenticate',
        response(200, '{"success":true,"msg":"","expires_in":1.5}'), qr/not of type integer/
    ],
    [
        'POST /authenticate', response(200, '{"success":true,"msg":"","token":"a.b.c"}'),
        qr/does not match/
    ],
    [
        'POST /authenticate',
        response(200, '{"success":false,"msg":""}'), qr/false is not true/
    ],
    [
        'POST /token',
        response(200, '{"success":true,"msg":"","access_token":"a.b.c"}'),
        qr/access_token: the document has no such member|token_type is missing/
    ],
    ['POST /sms/status', response(204, '{}', 'content-type' => undef), qr/body/],
    ['POST /sms/status', response(200, '{}'), qr/status 200/],
    ['OPTIONS /users', response(204, '', allow => 'GET'), qr/Allow/],
    [
        'PUT /users',
        response(
            405, '{"success":false,"msg":"x","code":"method_not_allowed"}',
            allow => 'GET, OPTIONS'
        ),
        qr/Allow is/
    ],
    [
        'GET /token',
        response(
            405, '{"success":false,"msg":"x","code":"method_not_allowed","error":"x"}',
            allow => 'POST, OPTIONS'
        ),
        qr/error: the document has no such member/
    ],
    ['PUT /users', response(200, '{"success":true,"msg":"x"}'), qr/no such operation/],
    ['GET /nowhere', response(200, '{}'), qr/no such operation/],
    [
        'GET /nowhere', response(404, '{"success":false,"msg":"x","code":"unknown_user"}'),
        qr/not not_found/
    ],
    ['GET /nowhere', response(404, '<html>', 'content-type' => 'text/html'), qr/text\/html/],
);
for (@bad) {
    my ($request, $response, $said) = @$_;
    my @wrong = $api->check_response(split(/ /, $request), $response);
    like "@wrong", $said, "$request, $response->{status} $response->{body}: rejected";
    is scalar @wrong, 1, 'for one reason' or diag join "\n", @wrong;
}

subtest 'AuthSMSStatus always200' => sub {
    my $check = sub { [$api->check_response('POST', @_, 1)] };
    my $registered = qq({"success":true,"msg":{"msg":"$id"},"id":"$id"});
    is_deeply $check->('/user', response(200, $registered)), [], 'registration: accepted';
    is_deeply $check->('/authenticate', response(200, $refused, @challenge)), [],
        'failure: accepted';
    ok @{ $check->('/authenticate', response(200, $refused)) }, 'without its header: rejected';
    ok @{ $check->('/user', response(200, $refused, @challenge)) },
        'a word of another route: rejected';
    ok @{ $check->("/user/$id/resend", response(200, $refused)) }, 'another route: rejected';
};

# A document of our own, for keywords that are rare in the real one.
my $other = OpenApi->new({ paths => {}, components => {} });
for (
    [{ type => 'string', maxLength => 2 }, 'abc'], [{ type => 'string', minLength => 2 }, 'a'],
    [{ type => 'array', maxItems => 1 }, [1, 2]], [{ type => 'array', minItems => 1 }, []],
    [{ type => 'integer', maximum => 5 }, 6], [{ enum => ['1'] }, 1], [{ const => 1 }, '1'],
    [{ type => 'object', additionalProperties => { type => 'string' } }, { a => 1 }],
    [{ allOf => [{ type => 'object' }, { required => ['a'] }] }, {}],
    [{ anyOf => [{ type => 'null' }, { type => 'string' }] }, 1],
) {
    my ($schema, $value) = @$_;
    ok $other->check_value($schema, $value, 'value'), JSON::PP->new->canonical->encode($schema);
}
is_deeply [
    $other->check_value(
        { type => 'object', additionalProperties => JSON::PP::true },
        { a => 1 }, 'value'
    )
    ],
    [], 'additionalProperties true: accepted';
ok !eval { $other->check_value({ oneOf => [] }, 1, 'value'); 1 }, 'an unknown keyword is an error';

# Each schema of the document is one that the validator knows.
for my $name (sort keys %$schemas) {
    ok eval { $api->check_value($schemas->{$name}, {}, $name); 1 }, "schema $name" or diag $@;
}

SKIP: {
    my $redocly = 't/npm/node_modules/@redocly/cli/bin/cli.js';
    my ($major) = (`node --version 2>/dev/null` // '') =~ /^v(\d+)/;
    skip 'no @redocly/cli (./dev deps), or node is older than 20', 2
        unless -e $redocly && ($major // 0) >= 20;
    require File::Temp;
    my $dir = File::Temp->newdir;
    my $lint = sub {
        my ($text) = @_;
        open my $out, '>', "$dir/openapi.json" or die $!;
        print $out $text;
        close $out;
        local $ENV{REDOCLY_TELEMETRY} = 'off';
        return scalar `node $redocly lint --extends=recommended-strict $dir/openapi.json 2>&1`;
    };
    my $text =
        OpenApiDocument::encode(OpenApiDocument::make()) =~ s/\@VERSION\@/0.1.0/r =~
        s{\@SERVER\@}{/app_api}r;
    my $said = $lint->($text);
    is $?, 0, 'redocly lint: no error and no warning' or diag $said;
    $lint->($text =~ s/"operationId":"register",//r);
    isnt $?, 0, 'which it would find';
}
done_testing;
